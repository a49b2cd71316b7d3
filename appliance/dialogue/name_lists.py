"""Common first and last names, lower-case: what a recogniser should expect and how a single name is read."""

from typing import Final

FIRST_NAMES: Final = tuple(
    "james mary robert patricia john jennifer michael linda david elizabeth william barbara richard susan joseph"
    " jessica thomas sarah charles karen christopher lisa daniel nancy matthew betty anthony sandra mark margaret"
    " donald ashley steven kimberly paul emily andrew donna joshua michelle kenneth carol kevin amanda brian melissa"
    " george deborah timothy stephanie ronald rebecca edward sharon jason laura jeffrey cynthia ryan kathleen jacob"
    " amy gary angela nicholas shirley eric anna jonathan brenda stephen pamela larry emma justin nicole scott helen"
    " brandon samantha benjamin katherine samuel christine gregory debra alexander rachel patrick carolyn frank janet"
    " raymond maria jack catherine dennis heather jerry diane tyler olivia aaron julie jose joyce adam victoria nathan"
    " ruth henry virginia zachary lauren douglas kelly peter christina kyle joan noah evelyn ethan judith jeremy andrea"
    " walter hannah christian megan keith cheryl roger jacqueline terry martha austin madison sean teresa gerald gloria"
    " carl sara harold janice dylan ann arthur kathryn lawrence abigail jordan sophia jesse frances bryan jean billy"
    " alice bruce judy gabriel isabella joe julia logan grace alan amber juan denise albert danielle willie marilyn"
    " wayne beverly randy charlotte vincent natalie liam theresa roy diana ralph brittany bobby doris russell kayla"
    " bradley alexis philip lori eugene marie carlos omar fatima ahmed sofia elena lucas martin oliver leo max eva ali"
    " ivan nina tom tim ben kate jane anne"
    " bob bill mike dave steve chris sam dan rob jim nick tony kathy sue beth liz".split()
)
LAST_NAMES: Final = tuple(
    "smith johnson williams brown jones garcia miller davis rodriguez martinez hernandez lopez gonzalez wilson anderson"
    " thomas taylor moore jackson martin lee perez thompson white harris sanchez clark ramirez lewis robinson walker"
    " young allen king wright scott torres nguyen hill flores green adams nelson baker hall rivera campbell mitchell"
    " carter roberts gomez phillips evans turner diaz parker cruz edwards collins reyes stewart morris morales murphy"
    " cook rogers gutierrez ortiz morgan cooper peterson bailey reed kelly howard ramos kim cox ward richardson watson"
    " brooks chavez wood james bennett gray mendoza ruiz hughes price alvarez castillo sanders patel myers long ross"
    " foster jimenez powell jenkins perry russell sullivan bell coleman butler henderson barnes fisher vasquez simmons"
    " graham murray ford castro owens hunter hicks wagner stone meyer black weber schmidt schneider fischer".split()
)
