# SPDX-License-Identifier: LGPL-2.1-or-later
# Links between pages lead to what gi-docgen makes of them.
s/\]\(([a-z-]+)\.md([#)])/](\1.html\2/g
